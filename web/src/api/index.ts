export * from './api.ts';
export * from './created-product.ts';
export { isJson, isOneOf, type ListOf } from './documents.ts';
export * from './errors.ts';
export * from './resources.ts';
