namespace IoTStream.State;

/// <summary>A version of a row.</summary>
internal sealed class VersionSerializer<TRow>(StateSerializer<TRow> rows) : StateSerializer<TableVersion<TRow>>
{
    public override string Format => rows.Format;

    public override void Write(StateWriter writer, TableVersion<TRow> value)
    {
        writer.Write(value.IsDeletion);
        if (!value.IsDeletion)
        {
            rows.Write(writer, value.Row);
        }
    }

    public override TableVersion<TRow> Read(ref StateReader reader)
    {
        bool isDeletion = reader.Read<bool>();
        return new TableVersion<TRow>(isDeletion ? default! : rows.Read(ref reader), isDeletion);
    }

    public override StateSerializer<TableVersion<TRow>>? Reading(string format) =>
        rows.Reading(format) is { } found ? new VersionSerializer<TRow>(found) : null;
}
