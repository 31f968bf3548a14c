using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Mqtt.Broker;

/// <summary>The messages that a pipeline is owed, in order: those that it has taken and not acknowledged, and behind them those that wait.</summary>
/// <remarks>Guarded by the lock of the <see cref="PipelineSession"/>, which also bounds it.</remarks>
internal sealed class Intake
{
    private Entry[] _ring = new Entry[16];
    private long _head;
    private long _next;
    private long _tail;
    private long _lastNumber;

    /// <summary>How many places are occupied: a message of QoS 0 that was taken goes with those of QoS 1 and 2 before it.</summary>
    public int Count => (int)(_tail - _head);

    /// <summary>How many of them were taken.</summary>
    public int Taken => (int)(_next - _head);

    public bool IsEmpty => _next == _tail;

    public long Bytes { get; private set; }

    /// <summary>How many places have ever been occupied.</summary>
    public long End => _tail;

    /// <summary>The number of the next message of QoS 1 or 2.</summary>
    public long NextNumber() => ++_lastNumber;

    /// <summary>Whether all messages before <paramref name="end"/> were taken.</summary>
    /// <param name="end">An earlier <see cref="End"/>.</param>
    public bool IsTakenUpTo(long end) => _next >= end;

    /// <param name="publication">The message.</param>
    /// <param name="number">Its number; 0 for QoS 0.</param>
    /// <param name="ticket">It is not taken before that is durable; 0 if it is not stored.</param>
    /// <param name="share">The filter of the shared subscription that it came by with QoS 1; null if it is not to be passed on.</param>
    public void Add(Publication publication, long number, long ticket, string? share)
    {
        if (Count == _ring.Length)
        {
            Grow();
        }

        Bytes += publication.Size;
        this[_tail++] = new Entry(publication, number, ticket, share);
    }

    /// <summary>Takes the next message, unless it lies behind <paramref name="end"/>. One of QoS 0 is then forgotten, and so are those that have expired.</summary>
    /// <param name="end">An earlier <see cref="End"/>.</param>
    /// <param name="committed">Changes with a ticket up to this one are durable.</param>
    /// <param name="now">The time.</param>
    /// <param name="expired">Counts those that have expired.</param>
    /// <param name="publication">The message.</param>
    /// <param name="number">Its number in the session, from 1; 0 for QoS 0.</param>
    public bool TryTake(long end, long committed, TimeSpan now, ref int expired, [NotNullWhen(true)] out Publication? publication, out long number)
    {
        while (_next < Math.Min(end, _tail))
        {
            ref Entry entry = ref this[_next];
            if (entry.Ticket > committed)
            {
                break;
            }

            _next++;
            (publication, number) = (entry.Publication, entry.Number);
            if (publication is null)
            {
                continue;
            }

            bool isExpired = publication.ExpiresAt != Publication.Never && publication.ExpiresAt <= now;
            if (number == 0 || isExpired)
            {
                Forget(ref entry);
                Advance(upTo: 0);
            }

            if (!isExpired)
            {
                return true;
            }

            expired++;
        }

        (publication, number) = (null, 0);
        return false;
    }

    /// <summary>Forgets the messages of QoS 1 and 2 up to a number.</summary>
    public void Acknowledge(long number) => Advance(number);

    /// <summary>What was taken and not acknowledged waits again; what has QoS 0 is forgotten.</summary>
    /// <returns>How many were forgotten.</returns>
    public int Rewind()
    {
        int forgotten = 0;
        for (long i = _next; i < _tail; i++)
        {
            ref Entry entry = ref this[i];
            if (entry is { Publication: not null, Number: 0 })
            {
                Forget(ref entry);
                forgotten++;
            }
        }

        Advance(upTo: 0);
        _next = _head;
        return forgotten;
    }

    /// <summary>Tells the journal everything.</summary>
    public void WriteAll(PipelineSession session, Journal journal)
    {
        long first = _lastNumber + 1;
        for (long i = _head; i < _tail; i++)
        {
            if (this[i] is { Publication: not null, Number: not 0 and var number })
            {
                first = number;
                break;
            }
        }

        journal.DoneUpTo(session.StoredAs, first - 1);
        for (long i = _head; i < _tail; i++)
        {
            ref Entry entry = ref this[i];
            if (entry is { Publication: { } publication, Number: not 0 })
            {
                journal.Queued(session, publication, new PublishHeader(publication.QualityOfService, Retain: false, [], Share: entry.Share), entry.Number);
            }
        }
    }

    /// <summary>Takes up what was found on disk.</summary>
    public void Restore(StoredSession stored)
    {
        _lastNumber = stored.LastNumber;
        foreach (StoredSession.Entry entry in stored.Entries)
        {
            Add(entry.Publication!, entry.Number, ticket: 0, entry.Header.Share);
        }
    }

    /// <summary>Forgets everything.</summary>
    /// <returns>The messages that are to be passed on, in order, with the filter of their shared subscription.</returns>
    public IReadOnlyList<(Publication Publication, string Share)> Clear()
    {
        var shared = new List<(Publication, string)>();
        for (long i = _head; i < _tail; i++)
        {
            if (this[i] is { Publication: { } publication, Share: { } share })
            {
                shared.Add((publication, share));
            }
        }

        Array.Clear(_ring);
        _head = _next = _tail;
        Bytes = 0;
        return shared;
    }

    private ref Entry this[long place] => ref _ring[place & (_ring.Length - 1)];

    private void Advance(long upTo)
    {
        while (_head < _tail)
        {
            ref Entry entry = ref this[_head];
            if (entry.Publication is not null)
            {
                if (entry.Number == 0 || entry.Number > upTo)
                {
                    break;
                }

                Forget(ref entry);
            }

            _head++;
        }

        _next = Math.Max(_next, _head);
    }

    private void Forget(ref Entry entry)
    {
        Bytes -= entry.Publication!.Size;
        entry = default;
    }

    private void Grow()
    {
        var larger = new Entry[_ring.Length * 2];
        for (long i = _head; i < _tail; i++)
        {
            larger[i & (larger.Length - 1)] = this[i];
        }

        _ring = larger;
    }

    /// <param name="Publication">Null once it is done with.</param>
    /// <param name="Number">0 for QoS 0.</param>
    /// <param name="Ticket">It is not taken before that is durable; 0 if it is not stored.</param>
    /// <param name="Share">The filter of the shared subscription that it came by with QoS 1; null if it is not to be passed on.</param>
    private readonly record struct Entry(Publication? Publication, long Number, long Ticket, string? Share);
}
