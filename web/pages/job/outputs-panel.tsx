import { Match, Show, Switch, createMemo, createResource } from 'solid-js';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Notice } from '../../components/notice.tsx';
import { FileList } from '../../components/outputs/outputs.tsx';
import { sentenceOf } from '../../components/sentence.ts';
import { SkeletonLines } from '../../components/skeleton.tsx';
import { Words } from '../../components/words.tsx';
import { useApp } from '../../store/app.tsx';
import type { ResultFile, ResultReader } from '../../store/result.ts';
import { readCarOf } from './result-car.ts';

export { OutputsPanel };

const OUTPUTS = 'outputs/';
const NOTES: Readonly<Record<string, string>> = {
  'log.txt': 'the log, as it was written',
  'statement.json': 'in-toto statement with SLSA provenance',
  'perf/counters.json': 'counters of the job and of each phase',
  'perf/profile.speedscope.json': 'opens in speedscope.app as well',
};

/** Every file of the result, to be kept; nothing of it is ever shown as a page. */
function OutputsPanel(props: { readonly result: ResultReader }) {
  const app = useApp();
  const [files, { refetch }] = createResource(
    () => props.result,
    (result) => result.files()
  );
  // Read where it has failed, a resource throws, and a hostile result would take the page with it.
  const listed = (): readonly ResultFile[] => (files.state === 'errored' ? [] : (files() ?? []));
  const rowsOf = (isOutput: boolean) =>
    listed()
      .filter(({ path }) => path.startsWith(OUTPUTS) === isOutput)
      .map((file: ResultFile) => ({
        path: isOutput ? file.path.slice(OUTPUTS.length) : file.path,
        bytes: file.bytes,
        ...(NOTES[file.path] === undefined ? {} : { note: NOTES[file.path]! }),
        unreadable:
          props.result.isSealed && !props.result.canOpen
            ? 'Sealed to a tab whose key is not in this browser'
            : undefined,
        read: (options: Parameters<ResultReader['read']>[1]) =>
          props.result.read(file.path, options),
      }));
  const outputs = createMemo(() => rowsOf(true));
  const others = createMemo(() => rowsOf(false));
  return (
    <Switch>
      <Match when={files.error !== undefined}>
        <Notice
          tone="bad"
          title="The files cannot be listed"
          actions={
            <Button size="small" icon="refresh" onClick={() => void refetch()}>
              Try again
            </Button>
          }
        >
          <Words text={sentenceOf(files.error)} />
        </Notice>
      </Match>
      <Match when={files() === undefined}>
        <SkeletonLines count={6} label="Listing the files" />
      </Match>
      <Match when={true}>
        <div class="stack">
          <Card
            title="Outputs"
            lead={props.result.isSealed ? 'Sealed, and opened here with the tab’s key.' : undefined}
          >
            <Show
              when={outputs().length > 0}
              fallback={<p class="soft">The job declared no outputs, or left none.</p>}
            >
              <FileList label="Outputs" files={outputs()} />
            </Show>
          </Card>
          <Card title="With them">
            <FileList
              label="Other files of the result"
              files={[
                ...others(),
                {
                  path: `${props.result.root}.car`,
                  note: props.result.isSealed
                    ? 'all of it as published, still sealed; can be verified and pinned elsewhere'
                    : 'all of it as published; can be verified and pinned elsewhere',
                  read: async (options) =>
                    readCarOf(props.result.root, (await app.requester()).blocks, {
                      ...options,
                      of: listed().reduce((sum, { bytes }) => sum + bytes, 0),
                    }),
                },
              ]}
            />
          </Card>
        </div>
      </Match>
    </Switch>
  );
}
