using IoTStream.Log;

namespace IoTStream.State;

/// <summary>
/// State of a step on a lane that has an entry for each key, or several: the epoch log gets what has changed in each epoch and, bit by bit, all the rest.
/// Used on its lane, and before the lane starts when it is restored.
/// </summary>
/// <param name="name">The name, unique among what the step keeps, and the same over restarts.</param>
internal abstract class DurableTable(string name)
{
    public string Name { get; } = name;

    /// <summary>What keys and values are as bytes; see <see cref="StateSerializer{T}.Format"/>.</summary>
    public abstract string Format { get; }

    /// <summary>The number by which epochs refer to the table.</summary>
    public int Number { get; set; }

    /// <summary>Whether all of it has been written in this turn of the rolling snapshot.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Writes the entries that have changed since the last time, and those that are gone as deleted.</summary>
    public abstract void WriteChanges(EpochContribution epoch);

    /// <summary>A turn of the rolling snapshot begins: <see cref="WriteShare"/> starts at the beginning.</summary>
    public abstract void BeginTurn();

    /// <summary>
    /// Goes on writing entries that have not changed in this epoch, until all have been written since the turn began, or about so many bytes
    /// have. Called before <see cref="WriteChanges"/>.
    /// </summary>
    /// <returns>Whether all have been.</returns>
    public abstract bool WriteShare(EpochContribution epoch, long bytes);

    /// <summary>What restores entries of a format.</summary>
    /// <returns>Null if nothing can.</returns>
    public abstract DurableEntryReader? Reading(string format);

    /// <summary>Says which keys belong to the lane; before anything is restored. Entries of others are passed over.</summary>
    public abstract void SetOwnership(KeyOwnership? ownership);

    /// <summary>All entries have been restored, and the lane states of the step too.</summary>
    public virtual void OnRestored()
    {
    }
}
