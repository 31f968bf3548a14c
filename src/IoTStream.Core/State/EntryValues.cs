namespace IoTStream.State;

/// <summary>What the values of a <see cref="StateTable{TKey, TState}"/> are as bytes. An entry is known by its place.</summary>
internal abstract class EntryValues
{
    /// <summary>What the bytes are; see <see cref="StateSerializer{T}.Format"/>.</summary>
    public abstract string Format { get; }

    public abstract void Write(StateWriter writer, int place);

    /// <summary>Sets what an entry has, which may be new or have something already.</summary>
    public abstract void Read(ref StateReader reader, int place);

    /// <summary>So many entries are about to be restored.</summary>
    public virtual void Expect(int entries)
    {
    }

    /// <summary>An entry is about to be removed, when it is restored that it was.</summary>
    public virtual void Remove(int place)
    {
    }

    /// <summary>All entries have been restored.</summary>
    public virtual void OnRestored()
    {
    }

    /// <summary>What reads values of a format; null if nothing does.</summary>
    public virtual EntryValues? Reading(string format) => string.Equals(format, Format, StringComparison.Ordinal) ? this : null;
}
