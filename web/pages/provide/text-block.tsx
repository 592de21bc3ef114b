import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy.tsx';
import { saveAs } from '../../components/outputs/save.ts';
import { Words } from '../../components/words.tsx';

export { TextBlock };

/** A file to look at, copy or save. */
function TextBlock(props: { readonly name: string; readonly text: string }) {
  const save = (): void => saveAs(new Blob([props.text]), props.name);
  return (
    <div class="block-text">
      <div class="row row--apart row--tight">
        <h3 class="mono">{props.name}</h3>
        <div class="row row--tight">
          <CopyButton text={props.text} label={`Copy ${props.name}`} />
          <Button size="small" icon="download" onClick={save}>
            Save
          </Button>
        </div>
      </div>
      <pre class="block-text__json" tabIndex={0}>
        <Words text={props.text} isBlock />
      </pre>
    </div>
  );
}
