import { type Accessor, createSignal, onCleanup } from 'solid-js';
import { RequesterError } from '../../requester/error.ts';
import type { Hints } from '../../requester/find-entry.ts';
import type { Requester } from '../../requester/requester.ts';
import { type Finding, type Verification, verify } from '../../requester/verify.ts';
import { type BroughtCar, type CarFinding, carBefore, readBroughtCar } from './brought-car.ts';

export { type VerifyQuestion, type VerificationStore, createVerification };

interface VerifyQuestion {
  /** CID of a receipt or result, a commit, or a tab's address; of a CAR its root where it is empty. */
  readonly target: string;
  readonly hints: Pick<Hints, 'tab' | 'service' | 'log'>;
  readonly car?: Blob | undefined;
}

interface VerificationStore {
  readonly state: Accessor<'idle' | 'running' | 'done' | 'failed'>;
  /** What is being done, in words. */
  readonly step: Accessor<string>;
  readonly carFindings: Accessor<readonly CarFinding[]>;
  /** In the order in which they are made; grows while it runs. */
  readonly findings: Accessor<readonly Finding[]>;
  readonly answer: Accessor<Verification | undefined>;
  /** Why there is no answer. */
  readonly problem: Accessor<unknown>;
  ask(question: VerifyQuestion): Promise<void>;
  stop(): void;
}

/** Findings come by the hundred; the page is drawn again this often. Milliseconds. */
const REDRAW = 60;

/**
 * One question at a time; asking another stops the one before.
 *
 * @param services where to look once all else is exhausted: addresses of services that are known
 */
function createVerification(
  requester: () => Promise<Requester>,
  services: () => readonly string[]
): VerificationStore {
  const [state, setState] = createSignal<'idle' | 'running' | 'done' | 'failed'>('idle');
  const [step, setStep] = createSignal('');
  const [carFindings, setCarFindings] = createSignal<readonly CarFinding[]>([]);
  const [findings, setFindings] = createSignal<readonly Finding[]>([]);
  const [answer, setAnswer] = createSignal<Verification>();
  const [problem, setProblem] = createSignal<unknown>();
  let running: AbortController | undefined;
  const stop = (): void => {
    running?.abort();
    if (state() === 'running') setState('idle');
  };
  onCleanup(stop);

  const ask = async (question: VerifyQuestion): Promise<void> => {
    running?.abort();
    const own = (running = new AbortController());
    const { signal } = own;
    const found: Finding[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onFinding = (finding: Finding): void => {
      found.push(finding);
      timer ??= setTimeout(() => {
        timer = undefined;
        if (!signal.aborted) setFindings([...found]);
      }, REDRAW);
    };
    setState('running');
    setStep('connecting');
    setCarFindings([]);
    setFindings([]);
    setAnswer(undefined);
    setProblem(undefined);
    try {
      const car = question.car && (await readBroughtCar(question.car, { signal }));
      if (car !== undefined && !signal.aborted) setCarFindings(car.findings);
      const target = question.target || targetOf(car);
      const hints = { ...car?.hints, ...question.hints };
      const asked = await requester();
      const blocks = car === undefined ? asked.blocks : carBefore(car, asked.blocks);
      const options = { signal, onFinding, onProgress: setStep };
      const answered = await verifyAnywhere(
        { ...asked, blocks },
        target,
        hints,
        services(),
        options
      );
      if (signal.aborted) return;
      setFindings(answered.findings);
      setAnswer(answered);
      setState('done');
    } catch (error) {
      if (signal.aborted) return;
      setFindings([...found]);
      setProblem(error);
      setState('failed');
    } finally {
      clearTimeout(timer);
    }
  };
  return { state, step, carFindings, findings, answer, problem, ask, stop };
}

/** With what it was told; then, where nothing was said about where to look, in the logs of known services. */
async function verifyAnywhere(
  requester: Requester,
  target: string,
  hints: VerifyQuestion['hints'],
  services: readonly string[],
  options: Parameters<typeof verify>[3]
): Promise<Verification> {
  const known = hints.log === undefined && hints.service === undefined ? services : [];
  let miss: unknown;
  for (const service of [undefined, ...known]) {
    try {
      const where = service === undefined ? hints : { ...hints, service };
      return await verify(requester, target, where, options);
    } catch (error) {
      if (!isMiss(error)) throw error;
      miss ??= error;
    }
  }
  throw miss;
}

const isMiss = (error: unknown): boolean =>
  error instanceof RequesterError && error.code === 'NOT_FOUND';

function targetOf(car: BroughtCar | undefined): string {
  if (car?.root !== undefined) return String(car.root);
  throw new RequesterError(
    'NOT_FOUND',
    car === undefined
      ? 'there is nothing to verify yet; give a CID, a commit or a tab, or choose a CAR.'
      : `the file cannot be read as a CAR: ${car.findings[0]?.detail ?? 'it names no root'}`
  );
}
