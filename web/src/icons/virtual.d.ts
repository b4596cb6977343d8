declare module 'virtual:anaquel-icons' {
  const bodies: Record<string, string>;
  export default bodies;
}

declare module 'virtual:anaquel-icons/rest' {
  const bodies: Record<string, string>;
  export default bodies;
}
