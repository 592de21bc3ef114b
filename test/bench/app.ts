import { cpus, loadavg } from 'node:os';
import { takeStage } from '../web/e2e/harness.ts';
import { type JobList, measureJobs } from './app-jobs.ts';
import { type Load, measureLoad } from './app-load.ts';
import { type Prompt, measurePrompt } from './app-purchase.ts';
import { type ServiceList, measureServices } from './app-services.ts';
import { type PageProof, measurePageProof } from './page-proof.ts';

export { type AppReport, type AppOptions, measureApp };

/** What the built app does in Chromium, opened from the embedded network's gateway. */
interface AppReport {
  readonly cores: number;
  /** Of the last minute, before the first and after the last measurement: others on the machine slow it. */
  readonly machineLoad: readonly [number, number];
  readonly load: Load;
  readonly prompt: Prompt;
  readonly services: ServiceList;
  readonly jobs: JobList;
  /** Only where proofs are asked for: it takes minutes. */
  readonly proof?: PageProof;
}

interface AppOptions {
  readonly isQuick: boolean;
  readonly withProofs: boolean;
  readonly say: (what: string) => void;
}

/** The stage is the end-to-end tests', and ends with the process. */
async function measureApp({ isQuick, withProofs, say }: AppOptions): Promise<AppReport> {
  say('building the app, and starting the embedded network');
  const stage = await takeStage();
  const before = loadavg()[0]!;
  say('opening the market');
  const load = await measureLoad(stage, isQuick ? 3 : 7);
  say('pressing the button that buys');
  const prompt = await measurePrompt(stage, isQuick ? 3 : 7);
  say('filling the market with services (a minute at most), and scrolling');
  const services = await measureServices(stage, isQuick ? 200 : 1_000);
  say('filling the browser with jobs, and scrolling');
  const jobs = await measureJobs(stage, isQuick ? 2_000 : 10_000);
  const machineLoad = [before, loadavg()[0]!] as const;
  const proof = withProofs ? await measurePageProof({ withLog: true }) : undefined;
  await stage.browser.close();
  return {
    ...{ cores: cpus().length, machineLoad, load, prompt, services, jobs },
    ...(proof === undefined ? {} : { proof }),
  };
}
