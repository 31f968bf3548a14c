namespace IoTStream.Avro;

/// <summary>Tells whether all data of one schema can be read as data of another, by the rules of schema resolution.</summary>
public static class AvroCompatibility
{
    /// <summary>Why some data cannot be read; nothing if all can.</summary>
    /// <param name="writer">The schema that data is written with.</param>
    /// <param name="reader">The schema that it is to be read with.</param>
    /// <returns>A reason for each place that does not fit, with the path to it.</returns>
    /// <exception cref="ArgumentNullException">A schema is null.</exception>
    public static IReadOnlyList<string> Check(AvroSchema writer, AvroSchema reader)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(reader);
        var check = new Checking();
        check.Compare(writer, reader, "");
        return check.Reasons;
    }

    private sealed class Checking
    {
        // A pair that is being compared, or has been, is not compared again: records contain themselves.
        private readonly HashSet<(AvroSchema, AvroSchema)> _seen = [];

        public List<string> Reasons { get; } = [];

        public void Compare(AvroSchema writer, AvroSchema reader, string path)
        {
            if (writer is AvroUnionSchema written)
            {
                // Whatever branch a value has, it must be readable.
                foreach (AvroSchema branch in written.Branches)
                {
                    Compare(branch, reader, path);
                }

                return;
            }

            if (reader is AvroUnionSchema union)
            {
                int branch = SchemaMatch.BranchFor(writer, union);
                if (branch < 0)
                {
                    Refuse(path, SchemaMatch.Mismatch(writer, reader));
                }
                else
                {
                    Compare(writer, union.Branches[branch], path);
                }

                return;
            }

            if (!SchemaMatch.Matches(writer, reader))
            {
                Refuse(path, SchemaMatch.Mismatch(writer, reader));
                return;
            }

            if (_seen.Add((writer, reader)))
            {
                CompareParts(writer, reader, path);
            }
        }

        private void CompareParts(AvroSchema writer, AvroSchema reader, string path)
        {
            switch (writer, reader)
            {
                case (AvroRecordSchema from, AvroRecordSchema to):
                    int[] sources = FieldMatch.SourcesOf(to, from);
                    for (int i = 0; i < sources.Length; i++)
                    {
                        if (sources[i] >= 0)
                        {
                            Compare(from.Fields[sources[i]].Schema, to.Fields[i].Schema, path.Length == 0 ? to.Fields[i].Name : $"{path}.{to.Fields[i].Name}");
                        }
                        else if (!to.Fields[i].HasDefault)
                        {
                            Refuse(path, FieldMatch.Missing(to.Fields[i], from));
                        }
                    }

                    break;
                case (AvroEnumSchema from, AvroEnumSchema to):
                    int[] places = to.PlacesOf(from);
                    string[] unknown = [.. from.Symbols.Where((_, i) => places[i] < 0)];
                    if (unknown.Length > 0)
                    {
                        Refuse(path, $"{to.FullName} has no default for the symbols that it lacks: {string.Join(", ", unknown)}");
                    }

                    break;
                case (AvroArraySchema from, AvroArraySchema to):
                    Compare(from.Items, to.Items, $"{path}[]");
                    break;
                case (AvroMapSchema from, AvroMapSchema to):
                    Compare(from.Values, to.Values, $"{path}{{}}");
                    break;
            }
        }

        private void Refuse(string path, string reason) => Reasons.Add(path.Length == 0 ? $"{reason}." : $"{path}: {reason}.");
    }
}
