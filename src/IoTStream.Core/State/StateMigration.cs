namespace IoTStream.State;

/// <summary>Makes values of what was written of them when they were something else. Immutable and thread-safe.</summary>
internal abstract class StateMigration<T>
{
    /// <summary>What reads a format, if the migration is from just that.</summary>
    public abstract StateSerializer<T>? ReadingExactly(string format, StateSerializers serializers);

    /// <summary>What reads a format from which that of the migration has evolved.</summary>
    public virtual StateSerializer<T>? Reading(string format, StateSerializers serializers) => null;
}
