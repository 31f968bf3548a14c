using IoTStream.Coap.Protocol;

namespace IoTStream.Coap.Messaging;

/// <content>What happens when nothing comes.</content>
internal sealed partial class MessageLayer
{
    private readonly PriorityQueue<Transmission, long> _due = new();
    private readonly PriorityQueue<Peer, long> _probed = new();
    private readonly Queue<(long Key, long Deadline)> _unacknowledged = new();
    private readonly ITimer _timer;
    private long _timerAt = long.MaxValue;

    /// <summary>Sees to it that a request without an outcome is acknowledged before the peer repeats it.</summary>
    private void AcknowledgeLater(long key)
    {
        lock (_lock)
        {
            // Most have been answered long before their time, and need not wait for it.
            while (_unacknowledged.TryPeek(out (long Key, long Deadline) first) && !IsPending(first.Key))
            {
                _unacknowledged.Dequeue();
            }

            if (IsPending(key))
            {
                long deadline = _time.GetTimestamp() + Ticks(_transmission.AcknowledgeAfter);
                _unacknowledged.Enqueue((key, deadline));
                SetTimer(deadline);
            }
        }
    }

    private bool IsPending(long key) => _exchanges.PlaceOf(key) is >= 0 and var place && _exchanges[place].State == ExchangeState.Pending;

    private void Acknowledge(long key)
    {
        if (IsPending(key))
        {
            int place = _exchanges.PlaceOf(key);
            _exchanges[place].State = ExchangeState.Acknowledged;
            SendEmpty(_exchanges[place].Peer!.Address, MessageType.Acknowledgement, _exchanges[place].Id);
        }
    }

    private void Schedule(Transmission transmission, long at)
    {
        _due.Enqueue(transmission, at);
        SetTimer(at);
    }

    private void SetTimer(long at)
    {
        if (at < _timerAt && !_isClosed)
        {
            _timerAt = at;
            long ticks = Math.Max(0, at - _time.GetTimestamp());

            // Rounded up, so that it does not fire before there is something to do.
            _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(ticks * 1000.0 / _time.TimestampFrequency)), Timeout.InfiniteTimeSpan);
        }
    }

    private void OnTimer()
    {
        List<Sender>? lost = null;
        lock (_lock)
        {
            _timerAt = long.MaxValue;
            long now = _time.GetTimestamp();
            (long Key, long Deadline) first;
            while (_unacknowledged.TryPeek(out first) && first.Deadline <= now)
            {
                _unacknowledged.Dequeue();
                Acknowledge(first.Key);
            }

            while (_due.TryPeek(out Transmission? transmission, out long at) && at <= now)
            {
                _due.Dequeue();
                OnDue(transmission, now, ref lost);
            }

            while (_probed.TryPeek(out Peer? peer, out long until) && until <= now)
            {
                _probed.Dequeue();
                OnProbed(peer, now);
            }

            if (_unacknowledged.TryPeek(out first))
            {
                SetTimer(first.Deadline);
            }

            if (_probed.TryPeek(out _, out long probed))
            {
                SetTimer(probed);
            }

            if (_due.TryPeek(out _, out long next))
            {
                SetTimer(next);
            }
        }

        foreach (Sender sender in lost ?? [])
        {
            sender.OnLost(LossReason.Unanswered);
        }
    }

    private void OnProbed(Peer peer, long now)
    {
        if (peer.ProbeAt > now)
        {
            // Another one has been sent meanwhile.
            _probed.Enqueue(peer, peer.ProbeAt);
            return;
        }

        peer.IsProbed = false;
        Resume(peer);
    }

    private void OnDue(Transmission transmission, long now, ref List<Sender>? lost)
    {
        if (!transmission.IsActive)
        {
            _spare.Push(transmission);
            return;
        }

        if (transmission.IsProbe)
        {
            // Its answer may be long in coming, or not come. What is confirmable need not wait for that.
            Transmission? after = End(transmission);
            _spare.Push(transmission);
            if (after is not null)
            {
                Begin(after);
            }

            return;
        }

        if (!transmission.IsConfirmable)
        {
            _delayed--;
            Send(transmission.Peer!, transmission.Datagram.AsSpan(0, transmission.Length));
            Release(transmission);
            _spare.Push(transmission);
            return;
        }

        if (transmission.Repetitions < _transmission.MaxRetransmit)
        {
            transmission.Repetitions++;
            transmission.Timeout *= 2;
            Counters.Repetitions++;
            SendAgain(transmission.Peer!, transmission.Datagram.AsSpan(0, transmission.Length));
            _due.Enqueue(transmission, now + transmission.Timeout);
            return;
        }

        Counters.Unanswered++;
        Sender? sender = transmission.Sender;
        Transmission? next = End(transmission);
        _spare.Push(transmission);
        if (sender is OutgoingRequest request)
        {
            Remove(request);
        }

        if (sender is not null)
        {
            (lost ??= []).Add(sender);
        }

        if (next is not null)
        {
            Begin(next);
        }
    }
}
