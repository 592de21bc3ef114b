import { HashRouter, type RouteDefinition, type RouteSectionProps } from '@solidjs/router';
import { Suspense, lazy } from 'solid-js';

export { App };

const Market = lazy(() => import('./pages/market/market.tsx'));
const Verify = lazy(() => import('./pages/verify/verify.tsx'));
const Tabs = lazy(() => import('./pages/tabs/tabs.tsx'));
const Provide = lazy(() => import('./pages/provide/provide.tsx'));

/** Every page is a chunk of its own, so that the first one opens at once. */
const ROUTES: RouteDefinition[] = [
  { path: ['/', '/market'], component: Market },
  { path: '/service/:address', component: lazy(() => import('./pages/service/service.tsx')) },
  { path: '/jobs', component: lazy(() => import('./pages/jobs/jobs.tsx')) },
  { path: '/job/:tab/:sequence', component: lazy(() => import('./pages/job/job.tsx')) },
  { path: '/verify/:target?', component: Verify },
  { path: '/tabs/:tab?', component: Tabs },
  { path: '/provide/:service?', component: Provide },
  { path: '/settings', component: lazy(() => import('./pages/settings/settings.tsx')) },
  { path: '*', component: Market },
];

/** The page: hash routes, since a gateway serves one file and knows no paths of ours. */
const App = () => <HashRouter root={Shell}>{ROUTES}</HashRouter>;

const Shell = (props: RouteSectionProps) => (
  <main>
    <Suspense>{props.children}</Suspense>
  </main>
);
