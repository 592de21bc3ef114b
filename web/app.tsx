import { HashRouter, type RouteDefinition } from '@solidjs/router';
import { lazy } from 'solid-js';
import { Shell } from './shell/shell.tsx';
import { type App, AppProvider } from './store/app.tsx';

export { Root };

const Market = lazy(() => import('./pages/market/market.tsx'));

/** Every page is a chunk of its own, so that the first one opens at once. */
const ROUTES: RouteDefinition[] = [
  { path: ['/', '/market'], component: Market },
  { path: '/service/:address', component: lazy(() => import('./pages/service/service.tsx')) },
  { path: '/jobs', component: lazy(() => import('./pages/jobs/jobs.tsx')) },
  { path: '/job/:tab/:sequence', component: lazy(() => import('./pages/job/job.tsx')) },
  { path: '/verify/:target?', component: lazy(() => import('./pages/verify/verify.tsx')) },
  { path: '/tabs/:tab?', component: lazy(() => import('./pages/tabs/tabs.tsx')) },
  { path: '/provide/:service?', component: lazy(() => import('./pages/provide/provide.tsx')) },
  { path: '/settings', component: lazy(() => import('./pages/settings/settings.tsx')) },
  { path: '*', component: lazy(() => import('./pages/missing/missing.tsx')) },
];

/**
 * The page: hash routes, since a gateway serves one file and knows no paths of ours.
 *
 * @param props.app default: one made of this browser's own parts
 */
const Root = (props: { readonly app?: App }) => (
  <AppProvider {...(props.app === undefined ? {} : { app: props.app })}>
    <HashRouter root={Shell}>{ROUTES}</HashRouter>
  </AppProvider>
);
