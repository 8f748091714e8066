"""A person's own voice: what there is to say, each take judged, cut, levelled and kept.

routine ─script_of▶ lines ─┬─ Prompter: said one by one into a microphone
                           ├─ a long take ─pieces_of▶ pieces ─matched▶ pairs
                           └─ files, one a line
                                 └─take_of▶ VoiceTake ─▶ VoiceFolder, which `recorded` speaks from
"""

from __future__ import annotations
