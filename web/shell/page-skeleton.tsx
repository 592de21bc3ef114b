import { Skeleton, SkeletonLines } from '../components/skeleton.tsx';

export { PageSkeleton };

/** While a page's own part of the program is on its way. */
const PageSkeleton = () => (
  <div class="page">
    <header class="page__head">
      <h1>
        <Skeleton width="short" />
      </h1>
    </header>
    <SkeletonLines count={6} label="Loading the page" />
  </div>
);
