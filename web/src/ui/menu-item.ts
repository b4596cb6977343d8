import type { Component } from 'vue';

export interface MenuItem {
  readonly label: string;
  readonly icon: Component;
  /** What it does can't be undone. */
  readonly isDangerous?: boolean;
  run(): void;
}
