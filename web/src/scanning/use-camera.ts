import { useDocumentVisibility } from '@vueuse/core';
import { onScopeDispose, ref, watch, type Ref } from 'vue';
import { endCamera, hasTorch, openCamera, setTorch, type CameraFault } from './camera.ts';
import { openCodeReader, type CodeReader } from './code-reader.ts';
import { createRepeatGate } from './repeat-gate.ts';

/** Between two looks at the picture. */
const LOOK_EVERY_MS = 100;

/** `unreadable`: what reads codes could not be loaded. */
export type CameraState = 'starting' | 'reading' | 'unreadable' | CameraFault;

/**
 * The camera, from now until this component goes, but for the time in which the page is hidden.
 * @param onCode gets each code that comes into sight
 */
export function useCamera(
  video: Readonly<Ref<HTMLVideoElement | null>>,
  onCode: (code: string) => void,
) {
  const state = ref<CameraState>('starting');
  const torch = ref<'none' | 'off' | 'on'>('none');
  const isNew = createRepeatGate();
  let stream: MediaStream | null = null;
  /** The number of the latest start: what an earlier one still waits for is no use any more. */
  let turn = 0;

  async function start(): Promise<void> {
    stop();
    state.value = 'starting';
    const mine = turn;
    const isCurrent = () => turn === mine;
    const [opened, reader] = await Promise.all([openCamera(), openCodeReader().catch(() => null)]);
    if (!isCurrent()) return opened.ok ? endCamera(opened.stream) : undefined;
    if (!opened.ok) return void (state.value = opened.fault);
    ({ stream } = opened);
    if (reader === null) {
      stop();
      return void (state.value = 'unreadable');
    }
    // A camera may be unplugged, or taken by a call.
    for (const track of stream.getTracks())
      track.addEventListener('ended', () => isCurrent() && fail('busy'));
    torch.value = hasTorch(stream) ? 'off' : 'none';
    const { value: element } = video;
    if (element === null) return fail('failed');
    element.srcObject = stream;
    await element.play().catch(() => undefined);
    if (!isCurrent()) return;
    state.value = 'reading';
    await readWhile(isCurrent, element, reader);
  }

  async function readWhile(
    isCurrent: () => boolean,
    element: HTMLVideoElement,
    reader: CodeReader,
  ): Promise<void> {
    while (isCurrent()) {
      // A picture that is none yet, or no longer, has no code.
      const code = element.videoWidth > 0 ? await reader(element).catch(() => null) : null;
      if (!isCurrent()) return;
      if (code !== null && code !== '' && isNew(code, performance.now())) onCode(code);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  function fail(fault: CameraFault): void {
    stop();
    state.value = fault;
  }

  function stop(): void {
    turn += 1;
    if (stream !== null) endCamera(stream);
    stream = null;
    torch.value = 'none';
  }

  async function turnTorch(): Promise<void> {
    const next = torch.value === 'on' ? 'off' : 'on';
    if (stream !== null && (await setTorch(stream, next === 'on'))) torch.value = next;
  }

  const visibility = useDocumentVisibility();
  watch([visibility, video], ([now, element]) => {
    if (now === 'hidden' || element === null) stop();
    else void start();
  });
  onScopeDispose(stop);

  return { state, torch, turnTorch, start };
}
