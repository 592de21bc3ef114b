import { Icon } from './icon.tsx';
import './back.css';

export { Back };

/** The way up from one thing to all of its kind, above a page's heading. */
const Back = (props: { readonly href: string; readonly children: string }) => (
  <a class="back" href={props.href}>
    <Icon name="back" size={14} />
    {props.children}
  </a>
);
