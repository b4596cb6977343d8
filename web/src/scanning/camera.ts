/**
 * Why there is no picture: the page came without TLS, so that browsers refuse; there is no camera;
 * a person or a policy refused; another program has it; or something else.
 */
export type CameraFault = 'insecure' | 'none' | 'refused' | 'busy' | 'failed';

const FAULTS: Readonly<Record<string, CameraFault>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

/** Enough to read the bars of a can at arm's length. */
const WANTED: MediaTrackConstraints = {
  facingMode: { ideal: 'environment' },
  width: { ideal: 1_280 },
  height: { ideal: 720 },
};

/** What a camera can do that browsers have and TypeScript does not know. */
interface Torch {
  readonly torch?: boolean;
}

export type Opened =
  | { readonly ok: true; readonly stream: MediaStream }
  | { readonly ok: false; readonly fault: CameraFault };

/** Opens the camera at the back of a phone, or the one that there is. Whoever opens it ends it. */
export async function openCamera(): Promise<Opened> {
  // Without a secure context there is none, whatever the types say.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (devices === undefined) return { ok: false, fault: 'insecure' };
  try {
    const stream = await devices.getUserMedia({ audio: false, video: WANTED });
    return { ok: true, stream };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    return { ok: false, fault: FAULTS[name] ?? 'failed' };
  }
}

export function endCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

export function hasTorch(stream: MediaStream): boolean {
  const [track] = stream.getVideoTracks();
  const can: (MediaTrackCapabilities & Torch) | undefined = track?.getCapabilities?.();
  return can?.torch === true;
}

/** Turns the light beside the camera on or off, and says whether that worked. */
export async function setTorch(stream: MediaStream, isOn: boolean): Promise<boolean> {
  const wanted: MediaTrackConstraintSet & Torch = { torch: isOn };
  try {
    await stream.getVideoTracks()[0]?.applyConstraints({ advanced: [wanted] });
    return true;
  } catch {
    return false;
  }
}
