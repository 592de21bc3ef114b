import './mark.css';

export { Mark };

/** A tick drawn as a branch of three commits: what ran, what was written down, what was proven. */
const Mark = (props: { readonly size?: number }) => (
  <svg
    class="mark"
    viewBox="0 0 32 32"
    width={props.size ?? 24}
    height={props.size ?? 24}
    aria-hidden="true"
  >
    <path class="mark__branch" d="M7.4 17.2 13.6 23 24.6 9.4" />
    <circle class="mark__commit" cx="7.4" cy="17.2" r="3.1" />
    <circle class="mark__commit" cx="13.6" cy="23" r="3.1" />
    <circle class="mark__head" cx="24.6" cy="9.4" r="4.4" />
  </svg>
);
