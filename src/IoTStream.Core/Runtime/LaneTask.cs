namespace IoTStream.Runtime;

/// <summary>A piece of work of a lane: it does a bounded part of it when it is called, and never waits.</summary>
internal abstract class LaneTask
{
    /// <summary>Whether nothing more will ever be done.</summary>
    public abstract bool IsDone { get; }

    /// <summary>Which step it belongs to and what it waits for while it has not ended, for people to read.</summary>
    public abstract string Waiting { get; }

    /// <summary>Does some work if there is any.</summary>
    /// <returns>Whether anything was done.</returns>
    public abstract bool Step();

    /// <summary>The lane has nothing else to do: the time for what can be put off, such as flushing.</summary>
    /// <returns>Whether anything was done.</returns>
    public virtual bool OnLaneIdle() => false;
}
