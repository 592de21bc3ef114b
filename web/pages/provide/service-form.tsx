import { For, Index, Show, createMemo, createSignal, onCleanup, onMount } from 'solid-js';
import { createStore, reconcile, unwrap } from 'solid-js/store';
import { MAX_PHASES } from '../../../contracts/formats/job.ts';
import { Button } from '../../components/button.tsx';
import { Card } from '../../components/card.tsx';
import { Checkbox } from '../../components/checkbox.tsx';
import { Segments } from '../../components/select.tsx';
import { createKept } from '../../store/kept.ts';
import { NO_DRAFT, ServiceDraft } from './draft.ts';
import {
  FormLines,
  FormNumber,
  FormProvider,
  FormText,
  createFormState,
  focusFirstError,
} from './form.tsx';
import { KeysetFields } from './keyset-fields.tsx';
import { ParametersEditor } from './parameters-editor.tsx';
import { PublishPanel } from './publish-panel.tsx';
import { readDescriptor, readKeyset } from './read-draft.ts';

export { ServiceForm };

const kept = createKept('draft', ServiceDraft);
/** Milliseconds after the last letter until the draft is kept; also kept when the page is left. */
const KEEP_AFTER = 400;

/** A new service, from its name to its keys. What is typed survives a reload. */
function ServiceForm() {
  const [draft, setDraft] = createStore<ServiceDraft>(structuredClone(NO_DRAFT));
  const [isKept, setKept] = createSignal(false);
  let form!: HTMLFormElement;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const keep = (): void => {
    clearTimeout(timer);
    timer = undefined;
    void kept.write('service', structuredClone(unwrap(draft))).then(() => setKept(true));
  };
  const leave = (): void => {
    if (timer !== undefined) keep();
  };
  const change = (patch: Partial<ServiceDraft>): void => {
    setDraft(patch);
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER);
  };
  const clear = (): void => {
    clearTimeout(timer);
    timer = undefined;
    setDraft(reconcile(structuredClone(NO_DRAFT)));
    setKept(false);
    void kept.drop('service');
  };
  onMount(() => {
    void kept.read('service').then((before) => {
      if (before === undefined || timer !== undefined) return;
      setDraft(reconcile(before));
      setKept(true);
    });
    // The last event that a page on a phone is sure to get.
    document.addEventListener('visibilitychange', leave);
    onCleanup(() => {
      document.removeEventListener('visibilitychange', leave);
      leave();
    });
  });

  const descriptor = createMemo(() => readDescriptor(draft));
  const keyset = createMemo(() => readKeyset(draft.keyset, 0));
  const errors = createMemo(() => ({ ...descriptor().errors, ...keyset().errors }));
  const state = createFormState(errors);
  const setPhase = (at: number, patch: Partial<ServiceDraft['phases'][number]>): void =>
    change({
      phases: draft.phases.map((phase, i) => (i === at ? { ...phase, ...patch } : { ...phase })),
    });

  return (
    <FormProvider state={state}>
      <form ref={form} class="split" noValidate onSubmit={(event) => event.preventDefault()}>
        <div class="stack stack--wide">
          <Card
            title="What it is"
            lead="What people see in the market. It never changes once published."
          >
            <div class="stack">
              <FormText
                field="name"
                label="Name"
                placeholder="Rust release builds"
                value={draft.name}
                onValue={(name) => change({ name })}
              />
              <FormLines
                field="description"
                label="Description"
                rows={3}
                value={draft.description}
                onValue={(description) => change({ description })}
              />
              <div class="form-pair">
                <FormText
                  field="licence"
                  label="Licence of what it publishes"
                  value={draft.licence}
                  onValue={(licence) => change({ licence })}
                />
                <div class="field field--choice">
                  <span class="field__label">Results</span>
                  <Segments
                    label="Who reads results"
                    value={draft.result}
                    options={[
                      { value: 'public', label: 'Public' },
                      { value: 'sealed', label: 'Sealed to the requester' },
                    ]}
                    onValue={(result) => change({ result })}
                  />
                </div>
              </div>
            </div>
          </Card>

          <Card
            title="Source"
            lead="The commit that every job starts from. Whoever reviews it knows what runs."
          >
            <div class="stack">
              <FormText
                field="source.repository"
                label="Repository"
                isMono
                inputmode="url"
                placeholder="https://git.example/owner/project.git"
                value={draft.repository}
                onValue={(repository) => change({ repository })}
              />
              <FormText
                field="source.commit"
                label="Commit"
                isMono
                hint={
                  <>
                    The whole id, as <code>git rev-parse HEAD</code> prints it.
                  </>
                }
                placeholder="40 hex digits"
                value={draft.commit}
                onValue={(commit) => change({ commit })}
              />
            </div>
          </Card>

          <Card
            title="Job"
            lead={`Up to ${MAX_PHASES} phases, run by sh in order in the source’s folder; the first that fails ends the job.`}
          >
            <div class="stack">
              <Index each={draft.phases}>
                {(phase, i) => (
                  <div class="phase">
                    <div class="phase__head">
                      <FormText
                        field={`job.phases.${i}.name`}
                        label={`Phase ${i + 1}`}
                        isMono
                        value={phase().name}
                        onValue={(name) => setPhase(i, { name })}
                      />
                      <Show when={draft.phases.length > 1}>
                        <Button
                          size="small"
                          variant="quiet"
                          icon="close"
                          aria-label={`Remove phase ${i + 1}`}
                          onClick={() =>
                            change({ phases: draft.phases.filter((_, at) => at !== i) })
                          }
                        >
                          Remove
                        </Button>
                      </Show>
                    </div>
                    <FormLines
                      field={`job.phases.${i}.script`}
                      label="Script"
                      isMono
                      rows={3}
                      value={phase().script}
                      onValue={(script) => setPhase(i, { script })}
                    />
                  </div>
                )}
              </Index>
              <Show when={draft.phases.length < MAX_PHASES}>
                <div>
                  <Button
                    size="small"
                    icon="plus"
                    onClick={() => change({ phases: [...draft.phases, { name: '', script: '' }] })}
                  >
                    Add a phase
                  </Button>
                </div>
              </Show>
              <FormLines
                field="job.outputs"
                label="Outputs"
                isMono
                isOptional
                rows={2}
                hint="Files and folders that are published, one a line. Nothing else leaves the sandbox."
                value={draft.outputs}
                onValue={(outputs) => change({ outputs })}
              />
            </div>
          </Card>

          <Card title="Parameters" lead="What a requester fills in. The job finds it as JSON.">
            <ParametersEditor
              value={draft.parameters}
              onValue={(parameters) => change({ parameters })}
            />
          </Card>

          <Card
            title="Price and limits"
            lead="What a job costs is base + rate × CPU seconds, as the proof shows them."
          >
            <div class="form-grid">
              <FormNumber
                field="price.base"
                label="Base, each job"
                unit="MINA"
                value={draft.base}
                onValue={(base) => change({ base })}
              />
              <FormNumber
                field="price.perSecond"
                label="A CPU second"
                unit="MINA"
                value={draft.perSecond}
                onValue={(perSecond) => change({ perSecond })}
              />
              <For
                each={
                  [
                    ['limits.seconds', 'Time', 's', 'seconds'],
                    ['limits.memoryBytes', 'Memory', 'MiB', 'memory'],
                    ['limits.processes', 'Processes', '', 'processes'],
                    ['limits.outputBytes', 'Outputs', 'MiB', 'output'],
                    ['limits.logBytes', 'Log', 'MiB', 'logSize'],
                  ] as const
                }
              >
                {([field, label, unit, name]) => (
                  <FormNumber
                    field={field}
                    label={label}
                    isWhole
                    {...(unit === '' ? {} : { unit })}
                    value={draft[name]}
                    onValue={(value) => change({ [name]: value })}
                  />
                )}
              </For>
            </div>
            <div class="form-after">
              <Checkbox
                label="Jobs may use the network"
                hint="Off: two runs see the same, and a job can send nothing anywhere. Your daemon has to allow it as well."
                isChecked={draft.network}
                onChecked={(network) => change({ network })}
              />
            </div>
          </Card>

          <Card
            title="Keys and addresses"
            lead="How the service is reached. You can change these later with a rotation."
          >
            <KeysetFields
              draft={draft.keyset}
              epoch={0}
              onChange={(patch) => change({ keyset: { ...draft.keyset, ...patch } })}
            />
          </Card>
        </div>
        <div class="split__side">
          <PublishPanel
            descriptor={descriptor()}
            keyset={keyset()}
            isKept={isKept()}
            onClear={clear}
            onPublished={clear}
            onMissing={() => {
              state.showAll();
              focusFirstError(form);
            }}
          />
        </div>
      </form>
    </FormProvider>
  );
}
