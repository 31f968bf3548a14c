using IoTStream.Time;

namespace IoTStream.Operators;

/// <summary>The steps of one job, on all lanes, whose event times are kept together.</summary>
internal sealed class AlignmentGroup(TimeSpan maxDrift)
{
    private readonly List<AlignmentMember> _members = [];

    /// <summary>Adds a step on a lane. Only while the job is being made: the lanes read the list without locks.</summary>
    /// <param name="wake">Wakes the lane of the step.</param>
    public AlignmentMember Join(Action wake)
    {
        var member = new AlignmentMember(this, wake);
        _members.Add(member);
        return member;
    }

    /// <summary>Whether a watermark is no further ahead than allowed. A member of which nothing is known is behind everything.</summary>
    public bool Allows(long watermark)
    {
        foreach (AlignmentMember member in _members)
        {
            if (!member.IsOut)
            {
                long other = member.Watermark;

                // Not even the greatest distance of two watermarks overflows without a sign.
                if (other == Watermark.None || (watermark > other && (ulong)(watermark - other) > (ulong)maxDrift.Ticks))
                {
                    return false;
                }
            }
        }

        return true;
    }

    public void WakeThoseAllowed()
    {
        foreach (AlignmentMember member in _members)
        {
            member.WakeIfAllowed();
        }
    }
}
