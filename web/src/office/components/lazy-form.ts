import { defineAsyncComponent, type Component } from 'vue';
import NotLoaded from './NotLoaded.vue';

/**
 * A form that is loaded when it is opened for the first time. Where that fails it says so, and can
 * be opened again.
 */
export function lazyForm<Form extends Component>(load: () => Promise<{ default: Form }>): Form {
  return defineAsyncComponent({ loader: load, errorComponent: NotLoaded });
}
