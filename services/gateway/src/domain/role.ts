/** Who somebody is to the shop. The gateway holds one API key for each role. */
export type Role = 'shopper' | 'operator';
