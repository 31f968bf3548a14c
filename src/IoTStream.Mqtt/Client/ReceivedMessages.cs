using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IoTStream.Mqtt.Client;

/// <summary>
/// Messages with QoS 2 from their PUBLISH to their PUBREL (MQTT 5.0, section 4.3.3): what comes in between with the same packet identifier is the same
/// message. As part of the session they outlive connections.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ReceivedMessages
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, Entry> _entries = [];

    /// <summary>
    /// Called with each PUBREL instead of answering it, by who has to do something before the identifier may be given to another message. It calls
    /// <see cref="InboundWindow.Complete"/> when that is done.
    /// </summary>
    public Action<InboundWindow, ushort>? Releasing { get; set; }

    /// <summary>Called when the server has forgotten the session.</summary>
    public Action? Forgotten { get; set; }

    /// <summary>Enters a message.</summary>
    /// <param name="identifier">Its packet identifier.</param>
    /// <param name="window">Where it waits for being handled,</param>
    /// <param name="sequence">and with which number.</param>
    /// <param name="isDone">Whether it has been handled already: it can be acknowledged at once.</param>
    public Arrival Enter(ushort identifier, InboundWindow window, long sequence, out bool isDone)
    {
        lock (_lock)
        {
            ref Entry entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_entries, identifier, out bool exists);
            isDone = entry.IsDone;
            if (!exists)
            {
                entry = new Entry(window, sequence);
                return Arrival.New;
            }

            if (!isDone && entry.Window != window)
            {
                entry.Waiting = window;
                entry.WaitingSequence = sequence;
            }

            return Arrival.Again;
        }
    }

    /// <summary>Whether a message waits in a window for being handled.</summary>
    public bool IsWaiting(ushort identifier, InboundWindow window)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(identifier, out Entry entry) && !entry.IsDone && (entry.Window == window || entry.Waiting == window);
        }
    }

    /// <summary>A message has been handled.</summary>
    /// <returns>The window in which it waits as having come again, if any; it is to be released there.</returns>
    public InboundWindow? Finish(ushort identifier, InboundWindow window, long sequence, out long waitingSequence)
    {
        lock (_lock)
        {
            waitingSequence = 0;
            ref Entry entry = ref CollectionsMarshal.GetValueRefOrNullRef(_entries, identifier);
            if (Unsafe.IsNullRef(ref entry) || entry.Window != window || entry.Sequence != sequence)
            {
                return null;
            }

            InboundWindow? waiting = entry.Waiting;
            waitingSequence = entry.WaitingSequence;
            entry = new Entry(window, sequence) { IsDone = true };
            return waiting;
        }
    }

    /// <summary>The server has seen that a message is taken: what comes with its identifier from now on is another.</summary>
    /// <returns>Whether there was such a message.</returns>
    public bool Release(ushort identifier)
    {
        lock (_lock)
        {
            return _entries.Remove(identifier);
        }
    }

    /// <summary>The server has forgotten the session, and gives identifiers anew.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _entries.Clear();
        }

        Forgotten?.Invoke();
    }

    /// <param name="Window">Where it came first.</param>
    /// <param name="Sequence">Its number there.</param>
    private record struct Entry(InboundWindow Window, long Sequence)
    {
        public bool IsDone { get; set; }

        /// <summary>Where it came again while it was being handled.</summary>
        public InboundWindow? Waiting { get; set; }

        public long WaitingSequence { get; set; }
    }
}
