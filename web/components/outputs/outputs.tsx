import { For, Show, createMemo, createSignal, onCleanup } from 'solid-js';
import { Button } from '../button.tsx';
import { formatBytes } from '../byte-size.ts';
import { SearchInput } from '../text-input.tsx';
import { Words } from '../words.tsx';
import { saveAs } from './save.ts';
import './outputs.css';

export { FileList, FileRow, type ReadFile };

/** Reads a file of a result. @throws an error whose message is for people */
type ReadFile = (options: {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly read: number; readonly of: number }) => void;
}) => Promise<Blob>;

interface FileRowProps {
  readonly path: string;
  /** Bytes, where they are known beforehand. */
  readonly bytes?: number;
  /** What it is, where the name does not say it. */
  readonly note?: string;
  /** Why it cannot be read here. */
  readonly unreadable?: string | undefined;
  readonly read: ReadFile;
}

/** More rows than this are drawn only for whoever wants them: a build may leave thousands of files. */
const FEW = 50;
const MORE = 500;

function FileList(props: { readonly label: string; readonly files: readonly FileRowProps[] }) {
  const [words, setWords] = createSignal('');
  const [most, setMost] = createSignal(FEW);
  const found = createMemo(() => {
    const wanted = words().trim().toLowerCase();
    return props.files.filter(({ path }) => path.toLowerCase().includes(wanted));
  });
  const left = (): number => Math.max(0, found().length - most());
  return (
    <>
      <Show when={props.files.length > FEW}>
        <div class="files__search">
          <SearchInput
            label={`Find among ${props.files.length} files`}
            placeholder={`Find among ${props.files.length} files`}
            value={words()}
            onValue={setWords}
          />
        </div>
      </Show>
      <ul class="files" aria-label={props.label}>
        <For
          each={found().slice(0, most())}
          fallback={<li class="files__file faint">No file has that in its name.</li>}
        >
          {(file) => <FileRow {...file} />}
        </For>
      </ul>
      <Show when={left() > 0}>
        <Button size="small" variant="quiet" onClick={() => setMost(most() + MORE)}>
          Show {Math.min(MORE, left())} more
        </Button>
      </Show>
    </>
  );
}

/** One file: fetched, checked block by block, opened where it is sealed, and given as a download. */
function FileRow(props: FileRowProps) {
  const [share, setShare] = createSignal<number>();
  const [problem, setProblem] = createSignal<string>();
  let stop: AbortController | undefined;
  onCleanup(() => stop?.abort());
  const isRunning = (): boolean => share() !== undefined;

  const download = async (): Promise<void> => {
    const own = (stop = new AbortController());
    setProblem(undefined);
    setShare(0);
    try {
      const bytes = await props.read({
        signal: own.signal,
        onProgress: ({ read, of }) => setShare(of === 0 ? 1 : read / of),
      });
      saveAs(bytes, props.path);
    } catch (error) {
      if (!own.signal.aborted) setProblem(error instanceof Error ? error.message : String(error));
    } finally {
      setShare(undefined);
    }
  };

  return (
    <li class="files__file">
      <div class="files__words">
        <span class="files__name mono">
          <Words text={props.path} />
        </span>
        <Show when={props.note}>
          <span class="files__note">{props.note}</span>
        </Show>
        <Show when={problem()}>
          {(why) => (
            <span class="files__problem" role="alert">
              <Words text={why()} />
            </span>
          )}
        </Show>
      </div>
      <span class="files__size number">
        <Show when={props.bytes !== undefined}>{formatBytes(props.bytes!)}</Show>
      </span>
      <span class="files__action">
        <Show
          when={isRunning()}
          fallback={
            <Button
              size="small"
              icon={problem() === undefined ? 'download' : 'refresh'}
              disabled={props.unreadable !== undefined}
              title={props.unreadable}
              aria-label={`Download ${props.path}`}
              onClick={() => void download()}
            >
              {problem() === undefined ? 'Download' : 'Try again'}
            </Button>
          }
        >
          <Button size="small" aria-label={`Stop ${props.path}`} onClick={() => stop?.abort()}>
            Stop {Math.round((share() ?? 0) * 100)} %
          </Button>
        </Show>
      </span>
      <Show when={isRunning()}>
        <progress class="files__progress" max={1} value={share() ?? 0} />
      </Show>
    </li>
  );
}
