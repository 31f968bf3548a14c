using IoTStream.Connectors;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>Sessions: windows that grow with their records, and grow together. A key's sessions never overlap, so they end in the order in which they start.</summary>
internal sealed partial class KeyedWindowOperator<TKey, TIn, TAccumulator, TOut, TAggregate>
{
    /// <summary>Takes a record into the session that it makes with those it touches, unless that has been given up.</summary>
    private bool AddToSession(TKey key, ref KeyProgress progress, long watermark, TIn value, RecordContext context)
    {
        long start = context.TimestampTicks;
        long end = start + _settings.Size;
        int at = progress.Windows.Newest;
        while (at != None && _windows[at].Start >= end)
        {
            at = _windows[at].Older;
        }

        Window whole = new(start, end);
        int first = None;
        for (; at != None && _windows[at].End > start; at = _windows[at].Older)
        {
            whole = new Window(Math.Min(whole.StartTicks, _windows[at].Start), Math.Max(whole.EndTicks, _windows[at].End));
            first = at;
        }

        if (_settings.HasExpired(whole.EndTicks, watermark))
        {
            return false;
        }

        if (first == None)
        {
            first = Open(ref progress, at, whole, watermark, value, context);
        }
        else
        {
            AddTo(ref _windows[first], value, context);
            while (_windows[first].Newer is var next && next != None && _windows[next].Start < end)
            {
                Merge(ref _windows[first], in _windows[next]);
                Release(ref _windows[next]);
                _windows.Remove(ref progress.Windows, next);
            }

            Reshape(ref progress, ref _windows[first], whole, watermark);
        }

        OnAdded(key, ref progress, ref _windows[first], watermark);
        return true;
    }

    private void Merge(ref KeyedWindow<TAccumulator> session, in KeyedWindow<TAccumulator> other)
    {
        if (!session.HasAccumulator)
        {
            session.Accumulator = other.Accumulator;
            session.HasAccumulator = other.HasAccumulator;
        }
        else if (other.HasAccumulator)
        {
            try
            {
                _merge!(ref session.Accumulator, in other.Accumulator);
            }
            catch (Exception exception)
            {
                // It concerns all records of two sessions, so there is no single one to skip or to put aside.
                throw new StepException(Counters.Step, exception);
            }
        }

        session.New += other.New;
        session.Latest = Math.Max(session.Latest, other.Latest);
        session.Pane = Math.Max(session.Pane, other.Pane);
        session.NextByClock = Math.Min(session.NextByClock, other.NextByClock);
    }

    /// <summary>A session has got other bounds. One whose result is out may be open again, and will give another on time.</summary>
    private void Reshape(ref KeyProgress progress, ref KeyedWindow<TAccumulator> session, Window bounds, long watermark)
    {
        Release(ref session);
        session.Start = bounds.StartTicks;
        session.End = bounds.EndTicks;
        session.HasFired = WindowSettings.HasFired(session.End, watermark);
        session.NextEarly = session.HasFired ? Never : NextEarly(in session, watermark);
        if (!session.HasFired)
        {
            Hold(ref session);
        }

        if ((session.HasFired ? _lateAfter : _earlyAfter) == Never)
        {
            session.NextByClock = Never;
        }

        progress.NextDue = Math.Min(progress.NextDue, DueOf(in session));
    }
}
