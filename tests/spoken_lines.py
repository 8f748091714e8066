"""Lines such as sessions are made of, for measuring voices and guesses on."""

from __future__ import annotations

CALLS = """
Left side.
Right side.
Switch sides.
Rest.
Halfway.
Chime.
In.
Out.
Lift.
Hold.
Lower.
Breathe.
And release.
One.
Two.
Three.
Six.
Seven.
Twenty.
""".strip().splitlines()
"""Short ones, which must not jump out."""

INSTRUCTIONS = """
Clear some floor, and fold a blanket for your knees.
If you feel a sharp or radiating pain, stop.
A mild stretch is fine.
Kneel on your left knee, with your right foot flat in front of you.
Ease your hips forward until you feel a gentle stretch.
Breathe slowly, and let the hips soften.
Come back to centre.
Stand tall, chest up, shoulders loose.
Tuck your tailbone under, and flatten your lower back.
Lie on your back, right knee bent, left leg straight.
Lie on your back with your knees bent and your feet flat.
There is nothing to do.
Let the floor hold your weight.
Notice your breath.
Roll to one side, and take your time to sit up.
Your session is complete.
Draw one knee towards your chest, and hold it behind the thigh with both hands.
Squeeze the glutes at the top.
Do not force anything; a small movement that you control is worth more than a large one.
Slow, even breathing.
Five more seconds.
Keep your lower back on the floor.
Reach your right arm up and over.
""".strip().splitlines()
"""Of normal length, which must be equally loud."""

UNSEEN = """
Find a comfortable seat, and let your spine grow long.
Lay your arms along your body, palms facing down.
Press through both feet and raise your pelvis.
Pause at the top for a breath, and come down bone by bone.
Your knees should not fall outwards.
Hug your right knee with both arms.
Stretch your left leg along the mat.
Take hold of your foot, or use a towel.
Bring your heel closer to your buttocks.
Keep looking straight ahead.
This time, try to sink a little deeper.
Ground yourself through the standing foot.
Turn around to face the other wall.
Begin with a small step.
Lift your chest without arching your back.
Spread your fingers wide, and press into your knuckles.
Your weight rests evenly on all four corners.
Lengthen through the back of your neck.
You may feel some warmth in your legs.
If it hurts, come out of the position.
Now relax.
Again.
Side plank.
Quick break.
Both feet down.
Hips up.
Nearly there, keep it steady.
Count your breaths, from one up to ten.
Twelve lifts on the right leg.
Forty-five seconds to go.
Check that your hips are still square.
Gently lower everything to the ground.
Next, we will loosen the ankles.
Sway from left to right like a tree in the wind.
Draw your navel in, and keep breathing normally.
Bend the front knee until it is above your ankle.
The back heel stays lifted.
Wrap your arms around yourself.
Rub your hands together until they are warm, and lay them over your eyes.
Rise up slowly, so that you do not become dizzy.
You can use a wall for balance.
Roll out your mat, and have some water within reach.
Do as many as you can with good form.
The last three are the hardest.
Drop your shoulders and soften your face.
Step back into a lunge, and sink your hips.
Stay with it.
Move only as far as your body allows today.
Tilt your pelvis forwards and backwards a few times.
Come to standing, close your eyes, and feel the difference between the two sides.
""".strip().splitlines()
"""Fifty that no figure in the program was chosen by."""
