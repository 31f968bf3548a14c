using System.Runtime.CompilerServices;

namespace IoTStream.Coap.Messaging;

/// <summary>
/// The messages of peers that were taken, for as long as one of them may come again, and what was answered (RFC 7252, section 4.5). Bounded: when it is full, the oldest is forgotten before its time, of the
/// peer itself if it has more than its share, and never one without an outcome. Not thread-safe.
/// </summary>
internal sealed class ExchangeMemory
{
    private const int None = -1;
    private const int InitialCapacity = 256;

    // A peer that has more than this part of all makes room for its own.
    private const int ShareOfPeer = 8;

    private readonly int _most;
    private readonly long _lifetime;
    private readonly long _mostReplyBytes;
    private Entry[] _entries = new Entry[InitialCapacity];
    private int[] _buckets = NewBuckets(InitialCapacity);
    private int _used;
    private int _free = None;
    private int _oldest = None;
    private int _newest = None;
    private long _replyBytes;

    /// <param name="most">The most messages.</param>
    /// <param name="lifetime">How long they are remembered, in ticks of the clock.</param>
    /// <param name="mostReplyBytes">The most bytes of answers that are too long to lie beside their messages.</param>
    public ExchangeMemory(int most, long lifetime, long mostReplyBytes)
    {
        _most = Math.Max(most, 1);
        _lifetime = lifetime;
        _mostReplyBytes = mostReplyBytes;
    }

    public int Count { get; private set; }

    /// <summary>How many were forgotten before their time.</summary>
    public long ForgottenEarly { get; private set; }

    /// <summary>Finds a message.</summary>
    /// <returns>Its place, or -1.</returns>
    public int Find(Peer peer, ushort id)
    {
        int place = _buckets[Bucket(peer, id)];
        while (place != None && !(ReferenceEquals(_entries[place].Peer, peer) && _entries[place].Id == id))
        {
            place = _entries[place].NextInBucket;
        }

        return place;
    }

    /// <summary>Remembers a message that is not in it.</summary>
    /// <returns>Its place; -1 if there is no room.</returns>
    public int Add(Peer peer, ushort id, ulong fingerprint, long now)
    {
        while (_oldest != None && now - _entries[_oldest].At >= _lifetime)
        {
            Remove(_oldest);
        }

        if (Count >= _most)
        {
            int victim = peer.FinishedExchanges > _most / ShareOfPeer ? peer.OldestExchange : _oldest;
            if (victim == None)
            {
                return None;
            }

            ForgottenEarly++;
            Remove(victim);
        }

        int place = TakePlace();
        ref Entry entry = ref _entries[place];
        uint generation = entry.Generation + 1;
        entry = default;
        entry.Generation = generation;
        entry.Peer = peer;
        entry.Id = id;
        entry.Fingerprint = fingerprint;
        entry.At = now;
        Count++;
        peer.Exchanges++;
        int bucket = Bucket(peer, id);
        entry.NextInBucket = _buckets[bucket];
        _buckets[bucket] = place;
        return place;
    }

    /// <summary>A message has its outcome: from now on it is remembered for its lifetime, and may be forgotten to make room.</summary>
    public void Finish(int place, long now)
    {
        ref Entry entry = ref _entries[place];
        if (!entry.IsFinished)
        {
            entry.IsFinished = true;
            entry.At = now;
            Append(place, ref entry);
        }
    }

    /// <summary>What is at a place.</summary>
    public ref Entry this[int place] => ref _entries[place];

    /// <summary>Names an entry, for later.</summary>
    public long KeyOf(int place) => ((long)_entries[place].Generation << 32) | (uint)place;

    /// <summary>The place of what was named.</summary>
    /// <returns>-1 if it has been forgotten.</returns>
    public int PlaceOf(long key)
    {
        int place = (int)key;
        return place < _used && _entries[place].Peer is not null && _entries[place].Generation == (uint)(key >> 32) ? place : None;
    }

    /// <summary>Keeps the answer to a message, if there is room for it.</summary>
    public void Answer(int place, ReadOnlySpan<byte> reply, bool isRepeatable)
    {
        ref Entry entry = ref _entries[place];
        if (reply.Length <= Reply.Size)
        {
            reply.CopyTo(entry.Reply);
            entry.ReplyLength = (byte)reply.Length;
            entry.State = ExchangeState.Answered;
        }
        else if (isRepeatable || _replyBytes + reply.Length > _mostReplyBytes)
        {
            entry.State = isRepeatable ? ExchangeState.Repeatable : ExchangeState.Done;
        }
        else
        {
            entry.LongReply = reply.ToArray();
            _replyBytes += reply.Length;
            entry.State = ExchangeState.Answered;
        }
    }

    /// <summary>Forgets a message.</summary>
    public void Remove(int place)
    {
        ref Entry entry = ref _entries[place];
        Peer peer = entry.Peer!;
        peer.Exchanges--;
        ref int link = ref _buckets[Bucket(peer, entry.Id)];
        while (link != place)
        {
            link = ref _entries[link].NextInBucket;
        }

        link = entry.NextInBucket;
        if (entry.IsFinished)
        {
            Unlink(ref entry);
        }

        if (entry.LongReply is not null)
        {
            _replyBytes -= entry.LongReply.Length;
        }

        uint generation = entry.Generation;
        entry = default;
        entry.Generation = generation;
        entry.NextInBucket = _free;
        _free = place;
        Count--;
    }

    private static int[] NewBuckets(int count)
    {
        int[] buckets = new int[count];
        Array.Fill(buckets, None);
        return buckets;
    }

    private int Bucket(Peer peer, ushort id) => (int)(peer.Address.Hash(id) & (uint)(_buckets.Length - 1));

    private int TakePlace()
    {
        if (_free != None)
        {
            int place = _free;
            _free = _entries[place].NextInBucket;
            return place;
        }

        if (_used == _entries.Length)
        {
            Array.Resize(ref _entries, _entries.Length * 2);
            _buckets = NewBuckets(_entries.Length);
            for (int i = 0; i < _used; i++)
            {
                int bucket = Bucket(_entries[i].Peer!, _entries[i].Id);
                _entries[i].NextInBucket = _buckets[bucket];
                _buckets[bucket] = i;
            }
        }

        return _used++;
    }

    private void Append(int place, ref Entry entry)
    {
        entry.Older = _newest;
        entry.Newer = None;
        (_newest == None ? ref _oldest : ref _entries[_newest].Newer) = place;
        _newest = place;

        Peer peer = entry.Peer!;
        entry.OlderOfPeer = peer.NewestExchange;
        entry.NewerOfPeer = None;
        (peer.NewestExchange == None ? ref peer.OldestExchange : ref _entries[peer.NewestExchange].NewerOfPeer) = place;
        peer.NewestExchange = place;
        peer.FinishedExchanges++;
    }

    private void Unlink(ref Entry entry)
    {
        (entry.Older == None ? ref _oldest : ref _entries[entry.Older].Newer) = entry.Newer;
        (entry.Newer == None ? ref _newest : ref _entries[entry.Newer].Older) = entry.Older;

        Peer peer = entry.Peer!;
        (entry.OlderOfPeer == None ? ref peer.OldestExchange : ref _entries[entry.OlderOfPeer].NewerOfPeer) = entry.NewerOfPeer;
        (entry.NewerOfPeer == None ? ref peer.NewestExchange : ref _entries[entry.NewerOfPeer].OlderOfPeer) = entry.OlderOfPeer;
        peer.FinishedExchanges--;
    }

    /// <summary>A message that was taken.</summary>
    internal struct Entry
    {
        public Peer? Peer;
        public byte[]? LongReply;
        public long At;
        public ulong Fingerprint;
        public uint Generation;
        public int NextInBucket;
        public int Older;
        public int Newer;
        public int OlderOfPeer;
        public int NewerOfPeer;
        public ushort Id;
        public ExchangeState State;
        public byte ReplyLength;
        public bool IsFinished;
        public Reply Reply;
    }

    /// <summary>An answer that is short, as acknowledgements without a payload are.</summary>
    [InlineArray(Size)]
    internal struct Reply
    {
        public const int Size = 24;

        private byte _first;
    }
}
