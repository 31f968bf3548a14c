using System.Buffers.Binary;

namespace IoTStream.State;

/// <summary>
/// State of a step on a lane that belongs to no key, such as a watermark: each epoch has all of it, so it is to be small. Used on its lane,
/// and before the lane starts when it is restored.
/// </summary>
/// <param name="name">The name, unique among what the step keeps, and the same over restarts.</param>
internal abstract class LaneState(string name)
{
    public string Name { get; } = name;

    /// <summary>What the bytes are; see <see cref="StateSerializer{T}.Format"/>.</summary>
    public abstract string Format { get; }

    /// <summary>Whether it means something only together with the epochs of its log, and not to a job that begins another log with a savepoint.</summary>
    public virtual bool BelongsToLog => false;

    /// <summary>The number by which epochs refer to it.</summary>
    public int Number { get; set; }

    public abstract void Write(StateWriter writer);

    /// <summary>Gives what each epoch has of it: an entry for the lane, unless a subclass knows better.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="writer">To write with; empty afterwards or not.</param>
    /// <param name="visit">Takes the entries.</param>
    public virtual void Collect(int lane, StateWriter writer, LaneEntryVisitor visit)
    {
        Span<byte> key = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(key, lane);
        writer.Clear();
        Write(writer);
        visit(key, writer.Written);
    }

    /// <summary>Whether bytes of a format can be read.</summary>
    public virtual bool CanRead(string format) => string.Equals(format, Format, StringComparison.Ordinal);

    /// <summary>
    /// Takes over what the lanes had. There may have been more of them or fewer; each lane of now is given what all of them had, and takes
    /// what is its own. Not called if there is nothing to restore.
    /// </summary>
    /// <param name="lanes">The bytes of each lane that had the step, in the order of the lanes.</param>
    /// <param name="format">What the bytes are.</param>
    /// <param name="place">Which one of how many lanes that have the step this is.</param>
    /// <exception cref="InvalidDataException">The bytes are not what their format says.</exception>
    public abstract void Restore(IReadOnlyList<ReadOnlyMemory<byte>> lanes, string format, LanePlace place);

    /// <summary>Says which keys belong to the lane; before anything is restored. For those that have records of keys.</summary>
    public virtual void SetOwnership(KeyOwnership? ownership)
    {
    }
}
