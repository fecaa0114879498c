/** The number of the clause of the contract that something follows from. */
export function Clause({ clause }: { readonly clause: string | null }) {
  if (clause === null) return null;
  return (
    <abbr class="clause" title={`Clause ${clause} of the terms of service`}>
      § {clause}
    </abbr>
  );
}
