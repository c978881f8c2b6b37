/** Our own sound: two soft notes, a fourth apart, made on the spot. */
const NOTES = [
  { hertz: 587.33, at: 0 },
  { hertz: 783.99, at: 0.11 },
];
const LASTS = 0.5;
const LOUD = 0.16;

let context;

/** Browsers let a page sound only after its reader has done something on it; before that this does nothing. */
export async function chime() {
  context ??= new AudioContext();
  if (context.state === "suspended") await context.resume();
  for (const { hertz, at } of NOTES) note(hertz, context.currentTime + at);
}

function note(hertz, start) {
  const tone = new OscillatorNode(context, { type: "sine", frequency: hertz });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(LOUD, start + 0.012);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + LASTS);
  tone.connect(volume).connect(context.destination);
  tone.start(start);
  tone.stop(start + LASTS);
}
