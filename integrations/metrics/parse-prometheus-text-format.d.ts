/** The part of parse-prometheus-text-format 1.1.1 that is used here; the package brings no types. */
declare module 'parse-prometheus-text-format' {
  interface PrometheusFamily {
    readonly name: string;
    readonly type: string;
    /** Every number is a string, as it stood in the text. */
    readonly metrics: readonly {
      readonly value?: string;
      readonly labels?: Readonly<Record<string, string>>;
      /** Cumulative counts by upper bound; of a histogram. */
      readonly buckets?: Readonly<Record<string, string>>;
      readonly count?: string;
    }[];
  }
  export type { PrometheusFamily };
  export default function parsePrometheusTextFormat(text: string): readonly PrometheusFamily[];
}
