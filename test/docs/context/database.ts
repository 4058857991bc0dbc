/** Of a test's database what a context needs. */
export interface Database {
  readonly name: string;
  readonly url: string;
  query(sql: string): Promise<unknown>;
}
