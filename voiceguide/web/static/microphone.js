// In the audio thread: posts the microphone's samples, a tenth of a second at a time, as 16 bits.

class Microphone extends AudioWorkletProcessor {
  block = new Int16Array(Math.round(sampleRate / 10));
  filled = 0;

  process([[channel]]) {
    for (const sample of channel ?? []) {
      this.block[this.filled++] = Math.round(32767 * Math.max(-1, Math.min(1, sample)));
      if (this.filled < this.block.length) continue;
      this.port.postMessage(this.block.slice());
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor("microphone", Microphone);
