export type BadgeColor = 'success' | 'info' | 'warning' | 'error' | 'primary' | 'neutral';
