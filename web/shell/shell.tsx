import { type RouteSectionProps, useLocation } from '@solidjs/router';
import { ErrorBoundary, Suspense, createEffect, on } from 'solid-js';
import { Toasts } from '../components/toasts.tsx';
import { useApp } from '../store/app.tsx';
import { Confirm } from '../wallet/confirm.tsx';
import { AdoptionDialog } from './adoption.tsx';
import { Broken } from './broken.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { PageSkeleton } from './page-skeleton.tsx';
import { applyTheme } from './theme.ts';
import './shell.css';

export { Shell };

/** What stands around every page. */
function Shell(props: RouteSectionProps) {
  const app = useApp();
  const location = useLocation();
  let main!: HTMLElement;
  createEffect(() => {
    if (app.isReady()) applyTheme(app.settings().theme);
  });
  // Whoever reads with ears or keys lands where the new page begins.
  createEffect(
    on(
      () => location.pathname,
      () => {
        window.scrollTo({ top: 0 });
        main.focus({ preventScroll: true });
      },
      { defer: true }
    )
  );
  return (
    <div class="shell">
      <button type="button" class="shell__skip" onClick={() => main.focus()}>
        Skip to the page
      </button>
      <Header />
      <main ref={main} class="shell__main" tabIndex={-1}>
        <ErrorBoundary
          fallback={(error: unknown, reset) => <Broken error={error} onRetry={reset} />}
        >
          <Suspense fallback={<PageSkeleton />}>{props.children}</Suspense>
        </ErrorBoundary>
      </main>
      <Footer />
      <AdoptionDialog adoption={app.adoption()} />
      <Confirm prompt={app.wallet.prompt()} />
      <Toasts />
    </div>
  );
}
