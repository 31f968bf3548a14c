using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>What a process function is told and can do in a callback.</summary>
/// <remarks>One object serves all callbacks of an instance of a function: use it only until the callback returns, on its thread.</remarks>
/// <typeparam name="TOut">The type of the results.</typeparam>
public class ProcessContext<TOut>
{
    private readonly StateScope _scope;
    private readonly EmitResult<TOut> _emit;
    private readonly IReadOnlyList<TaggedOutput> _sides;
    private readonly StepCounters _counters;

    internal ProcessContext(StateScope scope, EmitResult<TOut> emit, IReadOnlyList<TaggedOutput> sides, StepCounters counters)
    {
        _scope = scope;
        _emit = emit;
        _sides = sides;
        _counters = counters;
    }

    /// <summary>
    /// The timestamp of the record; in <c>OnTimer</c> the instant of the timer, except where that goes by the clock and the stream by event
    /// time: then the first instant that event time has not passed. Results bear it.
    /// </summary>
    public DateTimeOffset Timestamp => Ticks.ToInstant(_scope.Record.TimestampTicks);

    /// <summary><see cref="Timestamp"/> in UTC ticks of 100 ns.</summary>
    public long TimestampTicks => _scope.Record.TimestampTicks;

    /// <summary>What is known of the record besides its value; in <c>OnTimer</c> it names this step as the source.</summary>
    public RecordContext Record => _scope.Record;

    /// <summary>
    /// How far event time has got: no record of this instant or an earlier one is expected any more. Null if nothing is known yet. While timers
    /// fire it goes from one to the next.
    /// </summary>
    public DateTimeOffset? Watermark => _scope.EventClock == Time.Watermark.None ? null : Ticks.ToInstant(_scope.EventClock);

    /// <summary>Whether the record came when event time had passed its timestamp; false in <c>OnTimer</c>.</summary>
    public bool IsLate { get; internal set; }

    /// <summary>The clock of the job, the same throughout a callback.</summary>
    public DateTimeOffset ProcessingTime => Ticks.ToInstant(_scope.ProcessingTime);

    /// <summary>Gives a result, with the timestamp of this callback.</summary>
    /// <param name="result">The result.</param>
    public void Emit(TOut result) => _emit(_scope.Record.TimestampTicks, in result, _scope.Record.Origin);

    /// <summary>Gives a result with a timestamp of its own. One that event time has passed makes it late for the steps after this one.</summary>
    /// <param name="result">The result.</param>
    /// <param name="timestamp">Its timestamp.</param>
    public void Emit(TOut result, DateTimeOffset timestamp) => _emit(timestamp.UtcTicks, in result, _scope.Record.Origin);

    /// <summary>Gives something to a side output. If nobody takes that, it is counted as dropped.</summary>
    /// <param name="tag">Which side output.</param>
    /// <param name="value">What goes there, with the timestamp of this callback.</param>
    /// <typeparam name="TSide">The type of what goes there.</typeparam>
    public void Emit<TSide>(OutputTag<TSide> tag, TSide value)
    {
        ArgumentNullException.ThrowIfNull(tag);
        foreach (TaggedOutput side in _sides)
        {
            if (tag.IsSameAs(side.Tag))
            {
                ((SideOutput<TSide>)side.Output).Add(in value, _scope.Record);
                return;
            }
        }

        _counters.Dropped++;
    }
}
