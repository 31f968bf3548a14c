namespace IoTStream.State;

/// <summary>Values that a function makes of those of a former type.</summary>
internal sealed class FunctionMigration<TOld, T>(Func<TOld, T> migrate) : StateMigration<T>
{
    public override StateSerializer<T>? ReadingExactly(string format, StateSerializers serializers) =>
        serializers.Of<TOld>() is var old && string.Equals(old.Format, format, StringComparison.Ordinal) ? new Reader(old, migrate) : null;

    public override StateSerializer<T>? Reading(string format, StateSerializers serializers) =>
        serializers.Of<TOld>().Reading(format) is { } old ? new Reader(old, migrate) : null;

    private sealed class Reader(StateSerializer<TOld> old, Func<TOld, T> migrate) : StateSerializer<T>
    {
        public override string Format => old.Format;

        public override void Write(StateWriter writer, T value) => throw new NotSupportedException("Nothing is written in a former format.");

        public override T Read(ref StateReader reader) => migrate(old.Read(ref reader));
    }
}
