using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Tells when a key has been silent for a time, and when it is heard of again. By event time its records have to come in order.</summary>
internal sealed class AbsenceDetection<TKey, T> : KeyedProcess<TKey, T, Presence<TKey>>
    where TKey : notnull
{
    private readonly TimeSpan _after;
    private readonly TimerKind _kind;
    private readonly ValueState<DateTimeOffset> _lastSeen;
    private readonly ValueState<bool> _isAbsent;

    public AbsenceDetection(TimeSpan after, TimerKind kind)
    {
        _after = after;
        _kind = kind;
        _lastSeen = States.Value<DateTimeOffset>("last seen");
        _isAbsent = States.Value<bool>("absent");
    }

    public override void OnRecord(T record, KeyedProcessContext<TKey, Presence<TKey>> context)
    {
        DateTimeOffset now = _kind == TimerKind.EventTime ? context.Timestamp : context.ProcessingTime;
        bool isKnown = _lastSeen.TryGet(out DateTimeOffset before);
        _lastSeen.Value = now;
        if (_isAbsent.Value)
        {
            _isAbsent.Clear();
            context.Emit(new Presence<TKey>(context.Key, IsPresent: true, now, before));
        }
        else if (isKnown)
        {
            // The timer that is set looks what the latest record was when it fires.
            return;
        }

        Watch(now, context);
    }

    public override void OnTimer(DueTimer timer, KeyedProcessContext<TKey, Presence<TKey>> context)
    {
        DateTimeOffset lastSeen = _lastSeen.Value;
        if (Due(lastSeen) > timer.Time)
        {
            Watch(lastSeen, context);
            return;
        }

        _isAbsent.Value = true;
        context.Emit(new Presence<TKey>(context.Key, IsPresent: false, timer.Time, lastSeen));
    }

    private void Watch(DateTimeOffset lastSeen, KeyedProcessContext<TKey, Presence<TKey>> context)
    {
        if (_kind == TimerKind.EventTime)
        {
            context.SetEventTimer(Due(lastSeen));
        }
        else
        {
            context.SetProcessingTimer(Due(lastSeen));
        }
    }

    private DateTimeOffset Due(DateTimeOffset lastSeen) =>
        _after > DateTimeOffset.MaxValue - lastSeen ? DateTimeOffset.MaxValue : lastSeen + _after;
}
