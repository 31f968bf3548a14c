namespace IoTStream.Mqtt.Broker;

/// <summary>Where messages of a topic go within a <see cref="ShareGroup"/>.</summary>
internal sealed class SharedRoute(ShareGroup group, Delivery[] members)
{
    public IReadOnlyList<Delivery> Members => members;

    /// <summary>
    /// The member that gets the next message: those with room take turns; if there is none, those that are connected; if there is none
    /// either, all, so that sessions whose clients are away share what waits.
    /// </summary>
    public Delivery Choose()
    {
        int turn = group.NextTurn(members.Length);
        int connected = -1;
        for (int i = 0; i < members.Length; i++)
        {
            int place = (turn + i) % members.Length;
            switch (members[place].Recipient.Readiness)
            {
                case Readiness.Idle:
                    return members[place];
                case Readiness.Busy when connected < 0:
                    connected = place;
                    break;
                default:
                    break;
            }
        }

        return members[connected < 0 ? turn : connected];
    }
}
