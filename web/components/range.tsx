import './input.css';

export { Range };

/** A value by hand; an input beside it takes it exactly. */
const Range = (props: {
  readonly label: string;
  /** The value in words, for readers. */
  readonly valueText: string;
  readonly min: number;
  readonly max: number;
  readonly value: number;
  readonly onValue: (value: string) => void;
}) => (
  <input
    class="range"
    type="range"
    aria-label={props.label}
    aria-valuetext={props.valueText}
    min={props.min}
    max={props.max}
    value={props.value}
    style={{
      '--filled': `${Math.min(100, (100 * (props.value - props.min)) / Math.max(1, props.max - props.min))}%`,
    }}
    onInput={(event) => props.onValue(event.currentTarget.value)}
  />
);
