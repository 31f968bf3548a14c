using IoTStream.Log;

namespace IoTStream.State;

/// <summary>Puts entries that were written in some format back into a table. Entries come in the order in which they were written; later ones replace earlier ones.</summary>
internal abstract class DurableEntryReader
{
    /// <summary>Says that so many entries are about to come, each with another key.</summary>
    public virtual void Expect(int entries)
    {
    }

    /// <summary>Puts the entries of a section back.</summary>
    /// <exception cref="InvalidDataException">The bytes are not what their format says.</exception>
    public virtual void Restore(scoped in EpochSection section)
    {
        foreach (EpochEntry entry in section)
        {
            Restore(entry);
        }
    }

    /// <summary>Puts one entry back.</summary>
    /// <exception cref="InvalidDataException">The bytes are not what their format says.</exception>
    protected abstract void Restore(scoped in EpochEntry entry);
}
