/** Wire types of `/api/v1`, as the contract names them. */
export interface Session {
  account: string;
}
