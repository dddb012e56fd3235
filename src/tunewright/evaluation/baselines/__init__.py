"""What a fine-tuned model has to beat: answers that cost next to nothing.

Each baseline learns from the subject's training rows and answers the measured rows. They are made to be strong: how
hard they are regularised is chosen on rows that none of them is measured on.
"""
