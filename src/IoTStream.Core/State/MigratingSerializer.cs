namespace IoTStream.State;

/// <summary>A serializer that also reads what the user gave migrations from. The more exactly something fits what was written, the earlier it is asked.</summary>
internal sealed class MigratingSerializer<T>(StateSerializer<T> current, StateMigration<T>[] migrations, StateSerializers serializers) : StateSerializer<T>
{
    public override string Format => current.Format;

    public override void Write(StateWriter writer, T value) => current.Write(writer, value);

    public override T Read(ref StateReader reader) => current.Read(ref reader);

    public override StateSerializer<T>? Reading(string format) =>
        base.Reading(format)
        ?? migrations.Select(migration => migration.ReadingExactly(format, serializers)).FirstOrDefault(found => found is not null)
        ?? current.Reading(format)
        ?? migrations.Select(migration => migration.Reading(format, serializers)).FirstOrDefault(found => found is not null);
}
