namespace IoTStream.State;

/// <summary>Makes bytes of values that are part of state, and values of the bytes. Immutable and thread-safe.</summary>
/// <remarks>What is written says where it ends: values can be written one after the other and read in the same order.</remarks>
internal abstract class StateSerializer<T>
{
    /// <summary>What the bytes are, in words that stay the same as long as they do: stored beside them, and compared when they are read.</summary>
    public abstract string Format { get; }

    public abstract void Write(StateWriter writer, T value);

    public abstract T Read(ref StateReader reader);

    /// <summary>What reads bytes of a format, of this version or of one before.</summary>
    /// <returns>Null if nothing does.</returns>
    public virtual StateSerializer<T>? Reading(string format) => string.Equals(format, Format, StringComparison.Ordinal) ? this : null;
}
