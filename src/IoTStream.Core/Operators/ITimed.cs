namespace IoTStream.Operators;

/// <summary>Implemented by an operator that acts when processing time passes.</summary>
internal interface ITimed
{
    /// <summary>When to call <see cref="OnTime"/>, as a timestamp of the job's clock; <see cref="long.MaxValue"/> if not at all.</summary>
    long Deadline { get; }

    /// <summary>Called on the lane once <see cref="Deadline"/> has passed, with the clock's timestamp.</summary>
    void OnTime(long now);
}
