using IoTStream.Log;

namespace IoTStream.State;

/// <summary>Puts entries that were written in some format back into a table. Entries come in the order in which they were written; later ones replace earlier ones.</summary>
internal abstract class DurableEntryReader
{
    /// <exception cref="InvalidDataException">The bytes are not what their format says.</exception>
    public abstract void Restore(scoped in EpochEntry entry);
}
