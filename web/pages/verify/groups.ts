import type { Finding } from '../../../requester/verify.ts';
import { groupOf } from '../../components/checks/check-words.ts';
import type { CarFinding } from '../../store/brought-car.ts';

export { type Group, groupsOf };

/** Checks of one thing. */
interface Group {
  readonly kind: 'car' | 'tab' | 'service' | 'job';
  /** Of a job. */
  readonly sequence?: number;
  readonly findings: readonly (Finding | CarFinding)[];
}

/** The file, the tab, the service, then jobs: those with a failed check first, else as in the log. */
function groupsOf(
  carFindings: readonly CarFinding[],
  findings: readonly Finding[]
): readonly Group[] {
  const of = (kind: 'tab' | 'service'): readonly Group[] => {
    const own = findings.filter((finding) => groupOf(finding) === kind);
    return own.length === 0 ? [] : [{ kind, findings: own }];
  };
  const bySequence = new Map<number, Finding[]>();
  for (const finding of findings) {
    if (finding.sequence === undefined) continue;
    const own = bySequence.get(finding.sequence) ?? [];
    own.push(finding);
    bySequence.set(finding.sequence, own);
  }
  const jobs = [...bySequence].map(([sequence, own]): Group => ({
    kind: 'job',
    sequence,
    findings: own,
  }));
  const isWhole = ({ findings: own }: Group): boolean => own.every(({ ok }) => ok);
  return [
    ...(carFindings.length === 0 ? [] : [{ kind: 'car' as const, findings: carFindings }]),
    ...of('tab'),
    ...of('service'),
    ...jobs.filter((job) => !isWhole(job)),
    ...jobs.filter(isWhole),
  ];
}
